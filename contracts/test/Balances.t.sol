// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {DealEscrow} from "../src/DealEscrow.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {EscrowTest} from "./base/EscrowTest.sol";
import {FalseToken, FeeToken, HookToken, SilentToken} from "./mocks/Tokens.sol";

contract BalancesTest is EscrowTest {
    bytes32 private constant PERMIT_TYPE =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    function test_deposit_creditsAnyAccount(address account, uint256 amount) public {
        vm.assume(account != address(0));
        amount = bound(amount, 0, FUNDS);
        uint256 before = escrow.freeOf(account);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Deposited(address(this), account, amount);
        escrow.deposit(account, amount);
        assertEq(escrow.freeOf(account), before + amount, "free");
    }

    function test_deposit_failsIfAccountIsZero() public {
        reverts(abi.encodeWithSelector(IDealEscrow.BadRecipient.selector, address(0)));
        escrow.deposit(address(0), 1);
    }

    function test_deposit_takesFromCallerOnly() public {
        // this contract gave the escrow an allowance; a stranger cannot spend it
        vm.expectRevert();
        vm.prank(stranger);
        escrow.deposit(stranger, 1);
    }

    function test_withdraw_paysAnyAddress(address to, uint256 amount) public {
        vm.assume(to != address(0) && to != address(escrow) && to != address(this));
        amount = bound(amount, 0, FUNDS);
        vm.expectEmit(address(escrow));
        emit IDealEscrow.Withdrawn(creator, to, amount);
        vm.prank(creator);
        escrow.withdraw(to, amount);
        assertEq(token.balanceOf(to), amount, "received");
        assertEq(escrow.freeOf(creator), FUNDS - amount, "free");
    }

    function test_withdraw_failsIfMoreThanFree() public {
        reverts(abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, creator, FUNDS, FUNDS + 1));
        vm.prank(creator);
        escrow.withdraw(creator, FUNDS + 1);
        reverts(abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, stranger, 0, 1));
        vm.prank(stranger);
        escrow.withdraw(stranger, 1);
    }

    function test_withdraw_failsIfLockedInDeal() public {
        opened(1);
        reverts(abi.encodeWithSelector(IDealEscrow.InsufficientFree.selector, creator, FUNDS - PRICE, FUNDS));
        vm.prank(creator);
        escrow.withdraw(creator, FUNDS);
    }

    function test_withdraw_failsIfRecipientIsNobody() public {
        reverts(abi.encodeWithSelector(IDealEscrow.BadRecipient.selector, address(0)));
        vm.prank(creator);
        escrow.withdraw(address(0), 1);
        reverts(abi.encodeWithSelector(IDealEscrow.BadRecipient.selector, address(escrow)));
        vm.prank(creator);
        escrow.withdraw(address(escrow), 1);
    }

    function test_depositWithPermit_needsNoApproval() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(7 ether);
        vm.prank(stranger);
        escrow.depositWithPermit(stranger, 7 ether, START + 1, v, r, s);
        assertEq(escrow.freeOf(stranger), 7 ether, "free");
    }

    function test_depositWithPermit_worksIfPermitWasFrontRun() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(7 ether);
        token.permit(stranger, address(escrow), 7 ether, START + 1, v, r, s);
        vm.prank(stranger);
        escrow.depositWithPermit(stranger, 7 ether, START + 1, v, r, s);
        assertEq(escrow.freeOf(stranger), 7 ether, "free");
    }

    function test_depositWithPermit_failsIfPermitIsAnothers() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(7 ether);
        vm.expectRevert();
        vm.prank(creator);
        escrow.depositWithPermit(creator, 7 ether, START + 1, v, r, s);
        assertEq(escrow.freeOf(creator), FUNDS, "free");
    }

    function test_deposit_failsIfTokenTakesFee() public {
        FeeToken fee = new FeeToken();
        DealEscrow other = new DealEscrow(address(fee), address(0), MIN_WINDOW, 0);
        fee.approve(address(other), type(uint256).max);
        reverts(abi.encodeWithSelector(IDealEscrow.TransferShortfall.selector, 100, 99));
        other.deposit(creator, 100);
    }

    function test_deposit_failsIfTokenSaysNo() public {
        FalseToken no = new FalseToken();
        DealEscrow other = new DealEscrow(address(no), address(0), MIN_WINDOW, 0);
        reverts(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(no)));
        other.deposit(creator, 100);
    }

    function test_deposit_worksIfTokenReturnsNothing() public {
        SilentToken silent = new SilentToken();
        DealEscrow other = new DealEscrow(address(silent), address(0), MIN_WINDOW, 0);
        other.deposit(address(this), 100);
        other.withdraw(stranger, 40);
        assertEq(other.freeOf(address(this)), 60, "free");
        assertEq(silent.balanceOf(stranger), 40, "received");
    }

    function test_deposit_failsInsideDeposit() public {
        (HookToken hook, DealEscrow other) = _hooked();
        hook.arm(address(other), abi.encodeCall(IDealEscrow.deposit, (address(hook), 50)));
        other.deposit(address(this), 100);
        _assertRefused(hook);
        assertEq(other.freeOf(address(this)), 100, "free");
        assertEq(other.freeOf(address(hook)), 0, "free of the reentrant");
    }

    function test_withdraw_failsInsideWithdraw() public {
        (HookToken hook, DealEscrow other) = _hooked();
        hook.arm(address(other), "");
        hook.deposit(100);
        other.deposit(address(this), 100);
        hook.arm(address(other), abi.encodeCall(IDealEscrow.withdraw, (address(hook), 100)));
        other.withdraw(stranger, 100);
        _assertRefused(hook);
        assertEq(hook.balanceOf(address(other)), 100, "escrow's own balance");
        assertEq(other.freeOf(address(hook)), 100, "free of the reentrant");
    }

    function test_burn_worksInsideWithdraw() public {
        // calls that move no token are open to a hook: what they see is already true
        (HookToken hook, DealEscrow other) = _hooked();
        other.deposit(address(this), 100);
        hook.arm(address(other), abi.encodeCall(IDealEscrow.burn, (1)));
        other.withdraw(stranger, 100);
        assertTrue(hook.succeeded() && other.nonceUsed(address(hook), 1), "burned in the hook");
    }

    function test_constructor_failsIfConfigurationIsBad() public {
        _refused(stranger, MIN_WINDOW, 0);
        _refused(address(token), 0, 0);
        _refused(address(token), 30 days + 1, 0);
        _refused(address(token), MIN_WINDOW, 1 << 96);
        new DealEscrow(address(token), address(0), 30 days, (1 << 96) - 1);
    }

    function test_views_tellTheConfiguration() public view {
        assertEq(escrow.token(), address(token), "token");
        assertEq(escrow.court(), address(0), "court");
        assertEq(escrow.minWindow(), MIN_WINDOW, "minWindow");
        assertEq(escrow.minSeatFee(), MIN_SEAT_FEE, "minSeatFee");
        assertEq(escrow.domainSeparator(), domainOf(address(escrow)), "domain");
        (, string memory name, string memory version,, address verifying,,) = escrow.eip712Domain();
        assertEq(bytes(name), "dcn DealEscrow", "domain name");
        assertEq(bytes(version), "1", "domain version");
        assertEq(verifying, address(escrow), "verifying contract");
        assertEq(token.totalSupply(), 1_000 * FUNDS, "supply");
        assertEq(IERC20(address(token)).balanceOf(address(this)), 998 * FUNDS, "holder");
    }

    function _refused(address token_, uint256 minWindow, uint256 minSeatFee) private {
        reverts(abi.encodeWithSelector(IDealEscrow.BadConfiguration.selector, token_, minWindow, minSeatFee));
        new DealEscrow(token_, address(0), minWindow, minSeatFee);
    }

    function _permit(uint256 amount) private returns (uint8, bytes32, bytes32) {
        assertTrue(token.transfer(stranger, amount), "funded");
        bytes32 hash = keccak256(abi.encode(PERMIT_TYPE, stranger, address(escrow), amount, 0, START + 1));
        return vm.sign(STRANGER_KEY, keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), hash)));
    }

    function _hooked() private returns (HookToken hook, DealEscrow other) {
        hook = new HookToken();
        other = new DealEscrow(address(hook), address(0), MIN_WINDOW, 0);
        hook.approve(address(other), type(uint256).max);
    }

    function _assertRefused(HookToken hook) private view {
        assertTrue(!hook.succeeded(), "the nested call fails");
        bytes memory expected = abi.encodeWithSelector(ReentrancyGuard.ReentrancyGuardReentrantCall.selector);
        assertEq(hook.answer(), expected, "by the guard");
    }
}
