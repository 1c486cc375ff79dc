// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Deploy} from "../script/Deploy.s.sol";
import {Court} from "../src/Court.sol";
import {DcnToken} from "../src/DcnToken.sol";
import {DealEscrow} from "../src/DealEscrow.sol";
import {ICourt} from "../src/interfaces/ICourt.sol";
import {Test} from "./base/Test.sol";

contract DeployTest is Test {
    address private constant HOLDER = address(0xA11CE);
    uint256 private constant FEE = 1 ether;

    Deploy private _script = new Deploy();
    ICourt.Settings private _settings = ICourt.Settings(48 * FEE, 7200, 1 days, 1 days, 7 days);

    function test_deploy_withoutTokenMakesOne() external {
        Deploy.Deployment memory d = _deploy(address(0));
        assertEq(DcnToken(d.token).balanceOf(HOLDER), 1e27, "supply");
        assertEq(DealEscrow(d.escrow).token(), d.token, "token");
        assertEq(DealEscrow(d.escrow).minWindow(), 60, "window");
        assertEq(DealEscrow(d.escrow).minSeatFee(), FEE, "seat fee");
    }

    function test_deploy_usesTheGivenToken() external {
        address token = address(new DcnToken(HOLDER, 1));
        Deploy.Deployment memory d = _deploy(token);
        assertEq(d.token, token, "used");
        assertEq(DealEscrow(d.escrow).token(), token, "token");
    }

    function test_deploy_courtAndEscrowKnowEachOther() external {
        Deploy.Deployment memory d = _deploy(address(0));
        assertEq(DealEscrow(d.escrow).court(), d.court, "court");
        assertEq(address(Court(d.court).escrow()), d.escrow, "escrow");
        assertEq(Court(d.court).randomness(), d.randomness, "randomness");
        assertEq(keccak256(abi.encode(Court(d.court).settings())), keccak256(abi.encode(_settings)), "settings");
        // the two do speak with each other
        vm.prank(HOLDER);
        DcnToken(d.token).approve(d.escrow, 48 * FEE);
        vm.prank(HOLDER);
        DealEscrow(d.escrow).deposit(HOLDER, 48 * FEE);
        vm.prank(HOLDER);
        Court(d.court).takeSeat(1);
        assertEq(DealEscrow(d.escrow).freeOf(d.court), 48 * FEE, "staked");
    }

    function test_deploy_failsIfTheyWouldBeStrangers() external {
        (bool success, bytes memory reason) = address(_script)
            .call(abi.encodeCall(Deploy.deploy, (address(this), address(0), HOLDER, 60, FEE, _settings)));
        assertTrue(!success && bytes4(reason) == Deploy.Strangers.selector, "another deployer's nonce");
    }

    function test_deploy_failsIfTheStakeIsLow() external {
        _settings.seatStake = 48 * FEE - 1;
        vm.expectRevert(abi.encodeWithSelector(Deploy.StakeTooLow.selector, 48 * FEE - 1, 48 * FEE));
        _deploy(address(0));
    }

    /// @dev As the command line does it; the key there is the caller here.
    function test_run_deploysFromTheKey() external {
        Deploy.Deployment memory d = _script.run(address(0), HOLDER, 60, FEE, _settings);
        assertEq(address(Court(d.court).escrow()), d.escrow, "known");
    }

    function _deploy(address token) private returns (Deploy.Deployment memory) {
        return _script.deploy(address(_script), token, HOLDER, 60, FEE, _settings);
    }
}
