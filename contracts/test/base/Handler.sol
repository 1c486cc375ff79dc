// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {Books} from "./Books.sol";

/// @title Drives an escrow with random calls by a few actors, and keeps the books.
/// @notice Every actor is creator and provider by turns. Signatures are always available, as they are to whoever was sent
/// them: what must stop a call is the contract.
abstract contract Handler is Books {
    // ---- what the fuzzer calls

    function deposit(uint256 who, uint256 amount) external {
        _deposit(actors[who % ACTORS], bound(amount, 0, 100 ether));
    }

    function withdraw(uint256 who, uint256 amount) external {
        address actor = actors[who % ACTORS];
        amount = bound(amount, 0, 200 ether);
        vm.prank(actor);
        if (!_call(abi.encodeCall(IDealEscrow.withdraw, (address(this), amount)))) return;
        if (amount > freeInBooks[actor]) broken = "withdrew more than was free";
        freeInBooks[actor] -= amount;
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 0, 1 ether);
        assertTrue(token.transfer(address(escrow), amount), "given away");
        donated += amount;
    }

    function wait(uint256 time) external {
        _pass(bound(time, 1, 900));
    }

    function waitBriefly(uint256 time) external {
        _pass(bound(time, 1, 60));
    }

    /// @dev A chain with many blocks a second, or one that nobody called for an hour: the hashes of old blocks are gone.
    function waitLongForBlocks() external {
        vm.roll(block.number + 300);
        vm.warp(block.timestamp + 75);
    }

    function burn(uint256 who, uint256 nonce) external {
        address actor = actors[who % ACTORS];
        vm.prank(actor);
        _call(abi.encodeCall(IDealEscrow.burn, (nonce % 64)));
    }

    function open(uint256 seed, uint256 price, uint256 collateral, uint256 windows) external {
        _open(_terms(seed, price, collateral, windows));
    }

    function openAndSettle(uint256 seed, uint256 price, uint256 collateral, uint256 charge, uint256 how) external {
        if (how % 2 == 0) {
            IDealEscrow.Deal memory terms = _terms(seed, price, collateral, seed);
            if (!_callOpenAndSettle(terms, bound(charge, 0, terms.price))) return;
            _register(terms);
            _ended(_deals.length - 1, bound(charge, 0, terms.price) + terms.collateral);
        } else if (_live.length != 0) {
            uint256 i = _live[seed % _live.length];
            IDealEscrow.Deal memory deal = _deals[i];
            charge = bound(charge, 0, deal.price);
            if (_callOpenAndSettle(deal, charge)) _endedFrom(i, IDealEscrow.State.Open, charge + deal.collateral);
        }
    }

    /// @dev The provider hands a signed Result to its creator and does not bring it itself.
    function deliver(uint256 seed, uint256 charge) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        _promised[i].push(_result(_deals[i], bound(charge, 0, _deals[i].price)));
    }

    function submit(uint256 seed, uint256 charge) external {
        if (_live.length != 0) _submit(_live[seed % _live.length], charge);
    }

    function _submit(uint256 i, uint256 charge) internal {
        IDealEscrow.Deal memory deal = _deals[i];
        IDealEscrow.Result memory result = _result(deal, bound(charge, 0, deal.price));
        _promised[i].push(result);
        if (!_call(abi.encodeCall(IDealEscrow.submit, (deal, result, _signAs(deal.provider, hashOf(result)))))) return;
        _noteSubmitted(i, result);
    }

    function settle(uint256 seed, uint256 charge) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        IDealEscrow.Deal memory deal = _deals[i];
        IDealEscrow.Result memory result = _result(deal, bound(charge, 0, deal.price));
        bytes memory byCreator = _signAs(deal.creator, hashOf(result));
        vm.prank(deal.provider);
        if (!_call(abi.encodeCall(IDealEscrow.settle, (deal, result, byCreator)))) return;
        _ended(i, result.charge + deal.collateral);
    }

    function claim(uint256 seed) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        if (!_call(abi.encodeCall(IDealEscrow.claim, (_deals[i], _submitted[i])))) return;
        _endedFrom(i, IDealEscrow.State.Submitted, _submitted[i].charge + _deals[i].collateral);
    }

    function forfeit(uint256 seed) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        IDealEscrow.Deal memory deal = _deals[i];
        vm.prank(deal.provider);
        if (!_call(abi.encodeCall(IDealEscrow.forfeit, (deal)))) return;
        _endedFrom(i, IDealEscrow.State.Open, deal.collateral - deal.collateral / 4);
    }

    function timeoutSubmit(uint256 seed) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        if (_call(abi.encodeCall(IDealEscrow.timeoutSubmit, (_deals[i])))) _endedFrom(i, IDealEscrow.State.Open, 0);
    }

    function close(uint256 seed, uint256 toProvider) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        bytes memory data;
        (data, toProvider) = _closeCall(_deals[i], toProvider);
        if (_call(data)) _ended(i, toProvider);
    }

    /// @dev Anything at all on a deal that is over, with every signature there can be, at any time, by either party.
    function disturb(uint256 seed, uint256 what, uint256 who) external {
        if (_deals.length == 0) return;
        uint256 i = seed % _deals.length;
        if (states[i] != IDealEscrow.State.Closed) return;
        IDealEscrow.Deal memory deal = _deals[i];
        bytes memory data = _disturbance(deal, _submitted[i], what % 8);
        vm.prank(who % 2 == 0 ? deal.provider : deal.creator);
        (bool success,) = address(escrow).call(data);
        if (success) broken = "a call succeeded after the end";
    }

    /// @dev Calls of a stranger that nobody signed.
    function attack(uint256 seed, uint256 what, uint256 charge) external {
        if (_live.length == 0) return;
        IDealEscrow.Deal memory deal = _deals[_live[seed % _live.length]];
        IDealEscrow.Result memory result = _result(deal, charge);
        bytes memory own = sign(0xE5E, hashOf(result));
        bytes[3] memory calls = [
            abi.encodeCall(IDealEscrow.settle, (deal, result, own)),
            abi.encodeCall(IDealEscrow.submit, (deal, result, own)),
            abi.encodeCall(IDealEscrow.forfeit, (deal))
        ];
        (bool success,) = address(escrow).call(calls[what % 3]);
        if (success) broken = "a call succeeded without a signature";
    }

    // ---- making calls

    function _open(IDealEscrow.Deal memory deal) internal {
        bytes32 id = idOf(deal);
        bytes memory byCreator = _signAs(deal.creator, id);
        bytes memory byProvider = _signAs(deal.provider, id);
        vm.prank(deal.provider);
        if (!_call(abi.encodeCall(IDealEscrow.open, (deal, byCreator, byProvider)))) return;
        _register(deal);
    }

    /// @dev Nonces repeat, prices exceed what is free, windows are out of range now and then.
    function _terms(uint256 seed, uint256 price, uint256 collateral, uint256 windows)
        internal
        view
        returns (IDealEscrow.Deal memory deal)
    {
        deal.spec = bytes32(seed);
        deal.creator = actors[seed % ACTORS];
        deal.provider = actors[(seed / ACTORS) % ACTORS];
        deal.price = bound(price, 0, 150 ether);
        deal.collateral = bound(collateral, 0, 150 ether);
        deal.submitWindow = bound(windows, 29, 600);
        deal.reviewWindow = bound(windows >> 8, 29, 600);
        deal.openBefore = block.timestamp;
        deal.nonce = (seed >> 16) % 512;
        if (seed & 0x300 != 0) _askForCommittee(deal, windows >> 16);
    }

    /// @dev Three in four deals. What the committee may cost leaves room for appeals; one deal in 16 asks for what few seats have.
    function _askForCommittee(IDealEscrow.Deal memory deal, uint256 seed) private pure {
        deal.committee = 3;
        deal.seatFee = bound(seed, MIN_FEE, 4 ether);
        deal.price = bound(deal.price, 0, deal.seatFee);
        deal.collateral = bound(deal.collateral, 3 * deal.seatFee, 5 * deal.seatFee);
        deal.submitWindow = bound(deal.submitWindow, 29, 200);
        deal.voteWindow = bound(seed >> 8, 3 * deal.submitWindow, 600);
        deal.reviewWindow = 600;
        deal.needs = seed % 16 == 0 ? 2 : 1;
    }

    /// @dev Its commitment is to one of the digests that there can be, or to nothing that can be opened.
    function _result(IDealEscrow.Deal memory deal, uint256 charge) internal view returns (IDealEscrow.Result memory) {
        bytes32 id = idOf(deal);
        uint256 choice = uint256(keccak256(abi.encode(id, charge)));
        bytes32 digest = choice >> 252 == 0 ? bytes32(0) : _digestAt(choice % 7);
        bytes32 commitment = keccak256(abi.encode(id, digest, SALT));
        return IDealEscrow.Result(id, commitment, bytes32(block.timestamp), charge);
    }

    function _callOpenAndSettle(IDealEscrow.Deal memory deal, uint256 charge) private returns (bool) {
        bytes memory data = _openAndSettleCall(deal, charge);
        vm.prank(deal.provider);
        return _call(data);
    }

    function _openAndSettleCall(IDealEscrow.Deal memory deal, uint256 charge) internal view returns (bytes memory) {
        IDealEscrow.Result memory result = _result(deal, charge);
        bytes memory byCreator = _signAs(deal.creator, idOf(deal));
        bytes memory byProvider = _signAs(deal.provider, idOf(deal));
        bytes memory ofResult = _signAs(deal.creator, hashOf(result));
        return abi.encodeCall(IDealEscrow.openAndSettle, (deal, result, byCreator, byProvider, ofResult));
    }

    function _closeCall(IDealEscrow.Deal memory deal, uint256 toProvider) private view returns (bytes memory, uint256) {
        toProvider = bound(toProvider, 0, deal.price + deal.collateral);
        IDealEscrow.Close memory agreed = IDealEscrow.Close(idOf(deal), toProvider, block.timestamp);
        bytes memory byCreator = _signAs(deal.creator, hashOf(agreed));
        bytes memory byProvider = _signAs(deal.provider, hashOf(agreed));
        return (abi.encodeCall(IDealEscrow.close, (deal, agreed, byCreator, byProvider)), toProvider);
    }

    function _disturbance(IDealEscrow.Deal memory deal, IDealEscrow.Result memory last, uint256 what)
        private
        view
        returns (bytes memory data)
    {
        IDealEscrow.Result memory result = last.deal == 0 ? _result(deal, deal.price) : last;
        bytes memory byCreator = _signAs(deal.creator, hashOf(result));
        bytes memory byProvider = _signAs(deal.provider, hashOf(result));
        bytes memory opens = _signAs(deal.creator, idOf(deal));
        bytes memory accepts = _signAs(deal.provider, idOf(deal));
        if (what == 0) return abi.encodeCall(IDealEscrow.open, (deal, opens, accepts));
        if (what == 1) return _openAndSettleCall(deal, deal.price);
        if (what == 2) return abi.encodeCall(IDealEscrow.submit, (deal, result, byProvider));
        if (what == 3) return abi.encodeCall(IDealEscrow.settle, (deal, result, byCreator));
        if (what == 4) return abi.encodeCall(IDealEscrow.claim, (deal, result));
        if (what == 5) return abi.encodeCall(IDealEscrow.forfeit, (deal));
        if (what == 6) return abi.encodeCall(IDealEscrow.timeoutSubmit, (deal));
        (data,) = _closeCall(deal, 0);
    }
}
